import { $ZodType, type $ZodTypes } from 'zod/v4/core';

const known = new WeakMap<$ZodType, ReadonlySet<string>>();

/** Every key that an object somewhere in `schema` has by name. Keys of records are not among them: any text may be one. */
export function namesIn(schema: $ZodType): ReadonlySet<string> {
  const names = known.get(schema) ?? collect(schema);
  known.set(schema, names);
  return names;
}

function collect(whole: $ZodType): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<$ZodType>();
  const visit = (schema: $ZodType): void => {
    if (seen.has(schema)) return;
    seen.add(schema);
    const { def } = (schema as $ZodTypes)._zod;
    if (def.type === 'object') for (const name of Object.keys(def.shape)) names.add(name);
    for (const part of partsOf(def)) if (part instanceof $ZodType) visit(part);
  };
  visit(whole);
  return names;
}

function partsOf(def: $ZodTypes['_zod']['def']): unknown[] {
  if (def.type === 'object') return Object.values(def.shape);
  if (def.type === 'lazy') return [def.getter()];
  return Object.values(def).flat();
}

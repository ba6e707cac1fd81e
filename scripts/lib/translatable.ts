/** What is translatable in a source text, and what a person reads of it and is not. */
import ts from 'typescript';

/** Texts that are the same in every language. */
const SAME_EVERYWHERE = new Set(['P2P Chat', 'vscode://p2p-chat.p2p-chat/join?…']);

/** Methods of VS Code whose texts a person reads. */
const SHOWS = /^(show(Information|Error|Warning)Message|setStatusBarMessage)$/;

/** Properties whose texts a person reads. */
const SHOWN =
  /^(title|prompt|placeholder|placeHolder|label|description|detail|tooltip|buttons?|openLabel|saveLabel|validationMessage)$/;

/** Errors whose message a person reads. */
const SAYS =
  /^(Peer|Discovery|Listen|Storage|ContactBlocked|ContactState|EmptyText|MessageState|UnknownContact)Error$/;

/** A line of the source, with what is there. */
export interface Finding {
  readonly line: number;
  readonly text: string;
}

export interface Translatable {
  /** The English texts, as given to `l10n.t` in the host or to `t` in a page. */
  readonly texts: readonly string[];
  /** Calls of those whose text is no literal, so that nobody can collect it. */
  readonly notCollected: readonly Finding[];
  /** Literals that a person reads without such a call. */
  readonly notTranslatable: readonly Finding[];
}

/**
 * Looks through one source file. The name tells where its texts are: those of the host in what it gives to VS Code, those
 * of the peer in errors and problems, those of a page in its `strings.ts` and in markup.
 */
export function translatable(name: string, source: string): Translatable {
  const place = placeOf(name.replaceAll('\\', '/'));
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true);
  const texts: string[] = [];
  const notCollected: Finding[] = [];
  const notTranslatable: Finding[] = [];
  const finding = (node: ts.Node, text = node.getText(file)): Finding => ({
    line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1,
    text,
  });
  const shown = (value: ts.Expression): void => {
    for (const literal of literalsOf(value)) {
      const text = wordsOf(literal);
      if (/\p{L}/u.test(text) && !SAME_EVERYWHERE.has(text)) notTranslatable.push(finding(literal));
    }
  };

  // Besides sentences, an error has a code.
  const sentences = (value: ts.Expression): void => {
    for (const literal of literalsOf(value)) {
      const text = wordsOf(literal);
      if (/\p{L} \p{L}/u.test(text)) notTranslatable.push(finding(literal));
    }
  };

  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [first, ...others] = node.arguments;
      if (isTranslation(node.expression) && first !== undefined) {
        const text = constant(first);
        if (text === undefined) notCollected.push(finding(node));
        else texts.push(text);
        // Its text is done with; what is put into it may hold other texts.
        for (const other of others) visit(other);
        return;
      }
      if (place === 'host' && SHOWS.test(nameOf(node.expression)))
        for (const argument of node.arguments) shown(argument);
    } else if (place === 'peer' && ts.isNewExpression(node) && SAYS.test(nameOf(node.expression))) {
      for (const argument of node.arguments ?? []) sentences(argument);
    } else if (place === 'peer' && ts.isPropertyAssignment(node) && node.name.getText(file) === 'message') {
      sentences(node.initializer);
    } else if (place === 'host' && ts.isPropertyAssignment(node) && SHOWN.test(node.name.getText(file))) {
      shown(node.initializer);
    } else if (
      place === 'host' &&
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      ts.isPropertyAccessExpression(node.left) &&
      SHOWN.test(node.left.name.text)
    ) {
      shown(node.right);
    } else if (ts.isTaggedTemplateExpression(node) && node.tag.getText(file) === 'html') {
      const text = markupText(node.template);
      if (text !== '') notTranslatable.push(finding(node, text));
    } else if (place === 'strings' && isText(node) && !ts.isImportDeclaration(node.parent)) {
      notTranslatable.push(finding(node));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { texts, notCollected, notTranslatable };
}

function placeOf(name: string): 'strings' | 'page' | 'peer' | 'host' {
  if (name.endsWith('strings.ts')) return 'strings';
  if (name.includes('webview/')) return 'page';
  return /src\/(core|net|peer|storage|windows)\//.test(name) ? 'peer' : 'host';
}

/** `t` in a page and in the peer, `l10n.t` in the host, whoever hands the `l10n` on. */
function isTranslation(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 't';
  return (
    ts.isPropertyAccessExpression(callee) && callee.name.text === 't' && nameOf(callee.expression) === 'l10n'
  );
}

function nameOf(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : '';
}

/** A literal, or several of them put together. */
function constant(value: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(value)) return value.text;
  if (!ts.isBinaryExpression(value) || value.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [constant(value.left), constant(value.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

type Text = ts.StringLiteralLike | ts.TemplateExpression;

function isText(node: ts.Node): node is Text {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

/** The texts that an expression may be. Those in calls are not it: a call makes something else of them. */
function literalsOf(value: ts.Expression): Text[] {
  if (isText(value)) return [value];
  if (ts.isParenthesizedExpression(value)) return literalsOf(value.expression);
  if (ts.isConditionalExpression(value)) return [value.whenTrue, value.whenFalse].flatMap(literalsOf);
  if (ts.isArrayLiteralExpression(value)) return value.elements.flatMap(literalsOf);
  if (!ts.isBinaryExpression(value)) return [];
  return [value.left, value.right].flatMap(literalsOf);
}

/** What is said in a literal, without icons and without what is put into it. */
function wordsOf(literal: Text): string {
  const text = ts.isTemplateExpression(literal)
    ? [literal.head, ...literal.templateSpans.map((span) => span.literal)].map((part) => part.text).join(' ')
    : literal.text;
  return text.replace(/\$\([\w~-]+\)/g, '');
}

/** The words of markup outside its tags, and in the attributes that a person reads. */
function markupText(template: ts.TemplateLiteral): string {
  const parts = ts.isTemplateExpression(template)
    ? [template.head.text, ...template.templateSpans.map((span) => span.literal.text)]
    : [template.text];
  // In place of what is put in stands something without letters.
  const markup = parts.join('0');
  const attributes = [...markup.matchAll(/\b(?:title|aria-label|alt|placeholder)="([^"]*)"/g)].map(
    ([, value]) => value ?? '',
  );
  const outside = markup.replace(/<!--.*?-->/gs, '').replace(/<[^>]*>/g, ' ');
  return [outside, ...attributes].flatMap((text) => text.match(/\p{L}[\p{L}’'-]*/gu) ?? []).join(' ');
}

import type { Migrations } from './database.ts';

/** The history's file, step by step. A step that was ever released is never changed. */
export const HISTORY_MIGRATIONS: Migrations = [
  `CREATE TABLE contacts (
     identity TEXT PRIMARY KEY, server TEXT NOT NULL, name TEXT NOT NULL, verified INTEGER NOT NULL,
     endpoints TEXT NOT NULL, last_seen INTEGER, read_up_to INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE messages (
     ord INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, author TEXT NOT NULL, contact TEXT NOT NULL,
     mine INTEGER NOT NULL, seq INTEGER NOT NULL, envelope TEXT NOT NULL, stored_at INTEGER NOT NULL,
     state TEXT NOT NULL, refused TEXT, held INTEGER NOT NULL, UNIQUE (author, id)
   ) STRICT;
   CREATE INDEX messages_of_contact ON messages (contact, ord);
   CREATE INDEX messages_received ON messages (contact, ord) WHERE mine = 0;
   CREATE INDEX messages_pending ON messages (contact, seq) WHERE state = 'pending';
   CREATE TABLE outbound (contact TEXT PRIMARY KEY, epoch TEXT NOT NULL, next INTEGER NOT NULL) STRICT;
   CREATE TABLE inbound (device TEXT PRIMARY KEY, epoch TEXT NOT NULL, next INTEGER NOT NULL) STRICT;
   CREATE TABLE retired_outbound (contact TEXT NOT NULL, epoch TEXT NOT NULL, PRIMARY KEY (contact, epoch)) STRICT;
   CREATE TABLE retired_inbound (device TEXT NOT NULL, epoch TEXT NOT NULL, PRIMARY KEY (device, epoch)) STRICT;
   CREATE TABLE workspaces (folder TEXT PRIMARY KEY) STRICT;
   CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`,
  `ALTER TABLE contacts ADD COLUMN trust TEXT NOT NULL DEFAULT 'unverified';
   ALTER TABLE contacts ADD COLUMN standing TEXT NOT NULL DEFAULT 'accepted';
   ALTER TABLE contacts ADD COLUMN changed_to TEXT;
   ALTER TABLE contacts ADD COLUMN rejected TEXT;
   UPDATE contacts SET trust = 'verified' WHERE verified = 1;
   ALTER TABLE contacts DROP COLUMN verified;
   CREATE TABLE notices (
     ord INTEGER PRIMARY KEY, contact TEXT NOT NULL, kind TEXT NOT NULL, after INTEGER NOT NULL,
     at INTEGER NOT NULL, detail TEXT NOT NULL
   ) STRICT;
   CREATE INDEX notices_of_contact ON notices (contact, ord);
   CREATE TABLE refusals (
     device TEXT NOT NULL, seq INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (device, seq)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX messages_by_age ON messages (stored_at) WHERE state <> 'pending';
   CREATE INDEX messages_waiting ON messages (id) WHERE state = 'pending';`,
  `ALTER TABLE inbound ADD COLUMN contact TEXT;
   CREATE INDEX inbound_of_contact ON inbound (contact);`,
  `UPDATE contacts SET rejected = CASE WHEN rejected IS NULL THEN '[]' ELSE json_array(rejected) END;
   CREATE TABLE successors (
     ord INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL UNIQUE, next TEXT NOT NULL
   ) STRICT;`,
  `ALTER TABLE inbound ADD COLUMN last TEXT;
   ALTER TABLE contacts ADD COLUMN they_read_up_to INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE contacts ADD COLUMN former_servers TEXT NOT NULL DEFAULT '[]';`,
  // The index has no copy of the texts. What leaves it is overwritten at once, not only marked.
  `CREATE VIRTUAL TABLE texts USING fts5(text, content = '', columnsize = 0, tokenize = 'trigram');
   INSERT INTO texts (texts, rank) VALUES ('secure-delete', 1);
   CREATE TABLE indexed (up_to INTEGER NOT NULL) STRICT;
   INSERT INTO indexed VALUES (0);`,
  // One index for a conversation's order and for what of it was received; none but one that a receipt changes.
  `DROP INDEX messages_of_contact;
   DROP INDEX messages_received;
   CREATE INDEX messages_in_order ON messages (contact, ord, mine);
   DROP INDEX messages_waiting;
   DROP INDEX messages_by_age;
   CREATE INDEX messages_by_age ON messages (stored_at);`,
  `ALTER TABLE contacts ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE contacts ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;`,
  // What changes another message stands in no conversation itself. Full text begins anew, with what edits say.
  `ALTER TABLE messages ADD COLUMN about TEXT;
   UPDATE messages SET about = envelope ->> '$.body.message'
     WHERE envelope ->> '$.kind' IN ('edit', 'delete', 'reaction')
       AND json_type(envelope, '$.body.message') = 'text';
   DROP INDEX messages_in_order;
   CREATE INDEX messages_in_order ON messages (contact, about, ord, mine);
   INSERT INTO texts (texts) VALUES ('delete-all');
   UPDATE indexed SET up_to = 0;`,
  `ALTER TABLE contacts ADD COLUMN status_text TEXT NOT NULL DEFAULT '';`,
  `ALTER TABLE contacts ADD COLUMN nearby_key TEXT;
   ALTER TABLE contacts ADD COLUMN typed_endpoint TEXT;`,
  // Changes of messages that are gone go too. Full text begins anew: what they say may be in it.
  `DELETE FROM messages WHERE about IS NOT NULL AND state <> 'pending'
     AND (contact, about) NOT IN (SELECT contact, id FROM messages);
   INSERT INTO texts (texts) VALUES ('delete-all');
   UPDATE indexed SET up_to = 0;
   CREATE INDEX messages_that_change ON messages (contact, about, mine, envelope ->> '$.kind', ord)
     WHERE about IS NOT NULL;`,
  // Lines about missing messages.
  '',
  `CREATE TABLE gone (key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;`,
  // Of a block from before nothing is kept but the messages: whoever was never written to was let in by nobody.
  `ALTER TABLE contacts ADD COLUMN before_block TEXT;
   UPDATE contacts SET before_block = iif(
     EXISTS (SELECT 1 FROM messages WHERE contact = contacts.identity AND mine = 1), 'accepted', 'request')
     WHERE standing = 'blocked';`,
];

-- No person's name in what analysts can read: the text of what could not be processed, in which names may stand,
-- stays in the log, and who published a decision appears under a pseudonym (event.AuthorAlias, here in SQL).

-- +goose Up
ALTER TABLE dead_letters DROP COLUMN IF EXISTS head;
ALTER TABLE decisions UPDATE author = concat('p', substring(lower(hex(SHA256(concat('operator\0', author, '\0')))), 1, 12))
WHERE author NOT IN ('', 'configuration', 'demo') AND NOT match(author, '^p[0-9a-f]{12}$')
SETTINGS mutations_sync = 2;
ALTER TABLE decisions COMMENT COLUMN author 'Pseudonym of who decided, or the program that did';

-- view: failed_records
-- row: a record that could not be processed, and was not given to its stage again
-- key: stage, topic, partition, offset, key, sha256
-- joins: item_id to work_items, source to coverage
-- adds up: count; size_bytes
-- null: recorded_at: the record could not be read
-- freshness: now
-- stability: preview
-- example: SELECT stage, reason, count() FROM failed_records GROUP BY stage, reason
-- columns:
--   stage String: Who could not process it: ingest, normalize, classify or sink
--   topic String: Topic that it was read from or meant for
--   partition Int32: Its partition; -1 if it is in none
--   offset Int64: Its offset; -1 if it has none
--   key String: Its key
--   reason String: Why it could not be processed
--   source String: Configured name of the source, or empty if it could not be read
--   project String: Project, or empty if it could not be read
--   item_id String: Id of the item, or empty if it could not be read
--   size_bytes UInt64: Bytes of the record
--   sha256 String: SHA-256 of the record, in hex
--   recorded_at Nullable(DateTime64(3, 'UTC')): When the record was recorded

SELECT stage, topic, partition, offset, key, reason, source, project, item_id, size_bytes, sha256, recorded_at
FROM {{template "failed" .}}

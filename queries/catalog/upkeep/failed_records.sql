-- title: Records that could not be processed
-- question: Where do the records of one kind of failure stand in the log?
-- parameters:
--   stage String: who could not process them
--   source String = '*': configured name of the source, empty for records that cannot be read; *: any
--   reason String = '*': why; *: for any reason
-- columns:
--   topic: topic of the log
--   partition: its partition; -1 if the record never was in the log
--   offset: its offset there
--   key: its key
--   sha256: SHA-256 of the record, in hex
-- unit: records
SELECT topic, partition, offset, key, sha256
FROM failed_records
WHERE stage = {stage:String} AND {source:String} IN ('*', source) AND {reason:String} IN ('*', reason)
ORDER BY topic, partition, offset, key

-- title: Dead letters
-- question: What could not be processed, and why?
-- columns:
--   stage: who could not process it
--   source: configured name of the source; empty if the record cannot be read
--   reason: why
--   records: how many records
--   size_bytes: their bytes
--   last_recorded_at: when the newest of them was recorded; NULL if none can be read
-- unit: records
SELECT stage, source, reason, count() AS records, sum(f.size_bytes) AS size_bytes, max(f.recorded_at) AS last_recorded_at
FROM failed_records AS f
GROUP BY stage, source, reason
ORDER BY records DESC, stage, source, reason

-- title: Quarters
-- question: Which quarters of the configured calendar is anything known of?
-- columns:
--   quarter: first day of the quarter
--   name: as people write it, such as 2026-Q3
--   begins: instant at which it begins
--   ends: instant at which it ends, exclusive
-- unit: instants
SELECT quarter, name, begins, ends
FROM quarters
ORDER BY quarter DESC

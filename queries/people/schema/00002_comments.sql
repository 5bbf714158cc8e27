-- goose makes its own table without comments.

-- +goose Up
ALTER TABLE schema_versions MODIFY COMMENT 'A row is a step of the schema that was applied';
ALTER TABLE schema_versions COMMENT COLUMN version_id 'Number of the step';
ALTER TABLE schema_versions COMMENT COLUMN is_applied 'It was applied, and not undone';
ALTER TABLE schema_versions COMMENT COLUMN date 'Day of that, by the server''s clock';
ALTER TABLE schema_versions COMMENT COLUMN tstamp 'When, by the server''s clock';

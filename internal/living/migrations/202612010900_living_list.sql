-- +goose Up

-- The console lists all broadcasts of an enterprise, the newest first.
CREATE INDEX living_corp ON living (corpid, no);

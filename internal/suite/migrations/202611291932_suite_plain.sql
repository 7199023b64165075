-- +goose Up

-- An installation from before providers had ids of their own is shown the corp's until its provider says that it
-- has migrated: of corps and members (plain_ids), and of customers (plain_external).
ALTER TABLE suite_installation ADD COLUMN plain_ids SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE suite_installation ADD COLUMN plain_external SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX suite_installation_plain ON suite_installation (suite, corpid) WHERE plain_ids = 1;

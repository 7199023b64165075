-- +goose Up

-- A proxy-developed application knows groups of customers by the corp's own ids until they are upgraded. Those that are
-- there have been shown the provider's, unless they were installed before providers had ids.
ALTER TABLE suite_installation ADD COLUMN chats_at BIGINT NOT NULL DEFAULT 1; -- Unix seconds: from when on it is shown the provider's; 0 for never
UPDATE suite_installation SET chats_at = 0 WHERE plain_ids = 1;

-- upgrade_chats says that the template is shown the provider's in every corp that installs it from now on.
ALTER TABLE suite ADD COLUMN upgrade_chats BIGINT NOT NULL DEFAULT 0;

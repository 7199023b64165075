-- +goose Up

-- listens finds the applications that have a callback URL, which every event of
-- their corp asks for.
ALTER TABLE app ADD COLUMN listens SMALLINT NOT NULL DEFAULT 0;
UPDATE app SET listens = 1 WHERE settings LIKE '%"callback_url":"http%';
CREATE INDEX app_listens ON app (listens, corpid, no) WHERE listens = 1;

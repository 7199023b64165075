-- +goose Up

-- What the browser of a session calls itself, and where it came from. Sessions of earlier versions have none.
ALTER TABLE console_session ADD COLUMN device TEXT NOT NULL DEFAULT '';

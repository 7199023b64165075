-- +goose Up

-- What the browser of a session calls itself, and where it came from, for the member and the admins who look
-- at the list. Sessions of earlier versions have none.
ALTER TABLE login_session ADD COLUMN device TEXT NOT NULL DEFAULT '';

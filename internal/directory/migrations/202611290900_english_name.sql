-- +goose Up

-- english_name is answered by user/list and written by clients of former days.
ALTER TABLE member ADD COLUMN english_name TEXT NOT NULL DEFAULT '';

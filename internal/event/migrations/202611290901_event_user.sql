-- +goose Up

-- by_user is the administrator who did it, empty where none did.
ALTER TABLE event ADD COLUMN by_user TEXT NOT NULL DEFAULT '';

-- +goose Up

-- The server that tells the client now.
ALTER TABLE oidc_logout ADD COLUMN holder TEXT NOT NULL DEFAULT '';

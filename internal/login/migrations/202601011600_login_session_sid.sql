-- +goose Up

-- sid names the session to applications (OpenID Connect's sid). It outlives the
-- token where its member signs in anew. Empty in sessions of earlier versions.
ALTER TABLE login_session ADD COLUMN sid @text NOT NULL DEFAULT '';

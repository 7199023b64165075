-- +goose Up

-- desk is 1 for a QR code that signs the waiting browser in, 0 for one that takes
-- its member to an application and no further.
ALTER TABLE login_scan ADD COLUMN desk SMALLINT NOT NULL DEFAULT 0;

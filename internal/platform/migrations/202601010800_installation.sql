-- +goose Up
-- installation holds what is true of the whole database.
CREATE TABLE installation (
    name  @text PRIMARY KEY,
    value @bytes NOT NULL
) @rowless;

-- +goose Up

-- directory_size counts what has a limit, so that the limit is checked where
-- the count is raised and two writers cannot both take the last place.
CREATE TABLE directory_size (
    corpid      @text PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    departments BIGINT NOT NULL DEFAULT 0,
    members     BIGINT NOT NULL DEFAULT 0
) @rowless;

CREATE TABLE department (
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    id       BIGINT NOT NULL,
    parentid BIGINT NOT NULL, -- 0 for the root
    name     TEXT NOT NULL,
    name_en  TEXT NOT NULL DEFAULT '',
    ord      BIGINT NOT NULL, -- larger first
    nodes    BIGINT NOT NULL DEFAULT 0, -- departments and members directly below
    PRIMARY KEY (corpid, id)
) @rowless;
CREATE UNIQUE INDEX department_name ON department (corpid, parentid, name);
CREATE UNIQUE INDEX department_name_en ON department (corpid, parentid, name_en) WHERE name_en <> '';
CREATE INDEX department_order ON department (corpid, parentid, ord);

-- +goose Up

-- app_workbench keeps what an application shows in the workbench to all, and
-- app_workbench_data what it shows to single members instead.
CREATE TABLE app_workbench (
    app      BIGINT PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    template TEXT NOT NULL,    -- JSON
    replaces SMALLINT NOT NULL -- replace_user_data, as it was given
);
CREATE TABLE app_workbench_data (
    app    BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    data   TEXT NOT NULL, -- JSON
    PRIMARY KEY (app, member)
) @rowless;
CREATE INDEX app_workbench_data_member ON app_workbench_data (member);

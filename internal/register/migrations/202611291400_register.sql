-- +goose Up

-- register_package is a promotion package of a provider (推广二维码).
CREATE TABLE register_package (
    no         @serial,
    provider   BIGINT NOT NULL REFERENCES provider (no) ON DELETE CASCADE,
    templateid @text NOT NULL, -- tpl…
    name       TEXT NOT NULL,
    suites     TEXT NOT NULL,  -- JSON: the suite_ids that a new corp has at once
    migration  SMALLINT NOT NULL -- 1: the provider may fill the new directory (通讯录迁移接口)
);
CREATE UNIQUE INDEX register_package_templateid ON register_package (templateid);
CREATE INDEX register_package_provider ON register_package (provider);

-- register_code is a registration code, and what became of it. A code that was never used
-- is in nobody's hands but the one's that it was given to.
CREATE TABLE register_code (
    no           @serial,
    mac          @bytes NOT NULL,
    package      BIGINT NOT NULL REFERENCES register_package (no) ON DELETE CASCADE,
    form         TEXT NOT NULL,   -- JSON: what the page is filled with
    state        TEXT NOT NULL,
    created_at   BIGINT NOT NULL, -- Unix milliseconds, as the others
    used_at      BIGINT NOT NULL, -- 0 until it is
    code         @text NOT NULL,  -- once it is used
    corpid       @text REFERENCES corp (corpid) ON DELETE CASCADE, -- that was made by it
    admin        @text NOT NULL,  -- userid
    unlocked_at  BIGINT NOT NULL  -- when the directory was filled, or was left; 0 until then
);
CREATE UNIQUE INDEX register_code_mac ON register_code (mac);
CREATE INDEX register_code_package ON register_code (package);
CREATE INDEX register_code_corp ON register_code (corpid) WHERE corpid IS NOT NULL;
CREATE INDEX register_code_created ON register_code (created_at) WHERE used_at = 0;

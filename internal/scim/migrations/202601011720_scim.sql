-- +goose Up
CREATE TABLE scim_token (
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name       @text NOT NULL,
    mac        @bytes NOT NULL,
    created_at BIGINT NOT NULL, -- Unix milliseconds
    used_on    @text NOT NULL,  -- the last day, YYYY-MM-DD; empty for never
    PRIMARY KEY (corpid, name)
) @rowless;
CREATE UNIQUE INDEX scim_token_mac ON scim_token (mac);

-- What clients call members and groups by themselves.
CREATE TABLE scim_member (
    member      BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    corpid      @text NOT NULL,
    external_id @text NOT NULL
);
CREATE INDEX scim_member_external ON scim_member (corpid, external_id);

CREATE TABLE scim_department (
    corpid      @text NOT NULL,
    department  BIGINT NOT NULL,
    external_id @text NOT NULL,
    PRIMARY KEY (corpid, department),
    FOREIGN KEY (corpid, department) REFERENCES department (corpid, id) ON DELETE CASCADE
) @rowless;

CREATE TABLE scim_tag (
    corpid      @text NOT NULL,
    tagid       BIGINT NOT NULL,
    external_id @text NOT NULL,
    PRIMARY KEY (corpid, tagid),
    FOREIGN KEY (corpid, tagid) REFERENCES tag (corpid, tagid) ON DELETE CASCADE
) @rowless;

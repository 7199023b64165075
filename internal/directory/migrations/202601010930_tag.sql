-- +goose Up
CREATE TABLE tag (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    tagid  BIGINT NOT NULL,
    name   TEXT NOT NULL,
    owner  BIGINT NOT NULL, -- application that made it; 0 for the administrators
    PRIMARY KEY (corpid, tagid)
) @rowless;
CREATE UNIQUE INDEX tag_name ON tag (corpid, name);

CREATE TABLE tag_member (
    corpid @text NOT NULL,
    tagid  BIGINT NOT NULL,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    PRIMARY KEY (corpid, tagid, member),
    FOREIGN KEY (corpid, tagid) REFERENCES tag (corpid, tagid) ON DELETE CASCADE
) @rowless;
CREATE INDEX tag_member_member ON tag_member (member);

CREATE TABLE tag_department (
    corpid     @text NOT NULL,
    tagid      BIGINT NOT NULL,
    department BIGINT NOT NULL,
    PRIMARY KEY (corpid, tagid, department),
    FOREIGN KEY (corpid, tagid) REFERENCES tag (corpid, tagid) ON DELETE CASCADE
) @rowless;
CREATE INDEX tag_department_department ON tag_department (corpid, department);

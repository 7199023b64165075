-- +goose Up

-- hr_staff is what the roster (花名册) has of a member beside the directory.
CREATE TABLE hr_staff (
    member BIGINT PRIMARY KEY REFERENCES member (no) ON DELETE CASCADE,
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    body   TEXT NOT NULL -- JSON: the values of each field; of a repeated group one after another
);
CREATE INDEX hr_staff_corp ON hr_staff (corpid);

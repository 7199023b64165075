-- +goose Up

-- batch_doomed are departments that an import of all departments did not name and
-- could not delete, because somebody was in them. The next import of members
-- deletes those that it leaves empty.
CREATE TABLE batch_doomed (
    corpid     @text NOT NULL,
    department BIGINT NOT NULL,
    PRIMARY KEY (corpid, department),
    FOREIGN KEY (corpid, department) REFERENCES department (corpid, id) ON DELETE CASCADE
) @rowless;

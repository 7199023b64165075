-- +goose Up

-- strategy is a group of rules (规则组): administrators who look after the customer contact, or the moments, of
-- some members.
CREATE TABLE strategy (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    family      @text NOT NULL,  -- customer or moment
    strategy_id BIGINT NOT NULL, -- counted in the corp and the family
    app         BIGINT NOT NULL, -- who made it
    parent      BIGINT NOT NULL, -- a strategy_id; 0 is none
    name        TEXT NOT NULL,
    admins      TEXT NOT NULL,   -- JSON, numbers of members
    privilege   TEXT NOT NULL,   -- JSON, of the topmost one alone
    created_at  BIGINT NOT NULL, -- Unix seconds
    UNIQUE (corpid, family, strategy_id)
);
CREATE INDEX strategy_parent ON strategy (corpid, family, parent);

-- strategy_node is a member or a department in the range of a group.
CREATE TABLE strategy_node (
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    strategy BIGINT NOT NULL REFERENCES strategy (no) ON DELETE CASCADE,
    kind     BIGINT NOT NULL, -- 1 a member, 2 a department
    node     BIGINT NOT NULL, -- our number, or the department's id
    PRIMARY KEY (corpid, strategy, kind, node)
) @rowless;

-- strategy_size counts the groups that a corp has ever had, and serialises what changes them.
CREATE TABLE strategy_size (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    family @text NOT NULL,
    last   BIGINT NOT NULL,
    PRIMARY KEY (corpid, family)
) @rowless;

-- +goose Up

-- app_gone keeps the agentids of deleted applications: a link that still names
-- one is told so, and a new application is not given its number.
CREATE TABLE app_gone (
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    agentid BIGINT NOT NULL,
    PRIMARY KEY (corpid, agentid)
) @rowless;

-- +goose Up

-- mass_call is an enterprise for which a provider has fetched a ticket that lifts limits (高频调用凭据).
CREATE TABLE mass_call (
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    provider @text NOT NULL, -- its corpid
    PRIMARY KEY (corpid, provider)
) @rowless;

-- +goose Up

-- kf_component is what a corp lets a provider's component of customer service do.
CREATE TABLE kf_component (
    app      BIGINT NOT NULL PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    accounts TEXT NOT NULL -- JSON: numbers of accounts that are given to it
) @rowless;
CREATE INDEX kf_component_corp ON kf_component (corpid);

-- component is the application by whose link the customer came to the session; 0 if it was none of a component.
ALTER TABLE kf_session ADD COLUMN component BIGINT NOT NULL DEFAULT 0;
ALTER TABLE kf_day ADD COLUMN component BIGINT NOT NULL DEFAULT 0;

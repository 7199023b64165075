-- +goose Up

-- A servicer's page asks for the sessions that the servicer has.
CREATE INDEX kf_session_servicer ON kf_session (corpid, servicer, asked_at);

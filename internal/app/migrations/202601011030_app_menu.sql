-- +goose Up

-- app_menu keeps the menu that an application shows in its conversation.
CREATE TABLE app_menu (
    app     BIGINT PRIMARY KEY REFERENCES app (no) ON DELETE CASCADE,
    buttons TEXT NOT NULL -- JSON
);

-- +goose Up

-- The console's list has the to-dos of everybody, of one state or of all.
CREATE INDEX todo_corp ON todo (corpid, no);
CREATE INDEX todo_corp_status ON todo (corpid, status, no);

package web

//go:generate go run ./typescript src/shared/api.ts

// Package sheet reads and writes the CSV files of members and departments: WeCom's templates (doc 90979) with
// columns of our own. It says what a row would do, and does it with directory's operations. The doors and
// package batch decide who imports a file and in what portions.
package sheet

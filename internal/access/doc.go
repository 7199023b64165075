// Package access holds the words in which rights are written: who calls, what a
// caller is shown, and the levels that an endpoint grants to a kind. It decides
// nothing; wire and the rooms do, with these words.
package access

// Package report has the words for recorded state that more than one screen needs: a
// status, counts, a failure and what to do about it, a history, and how the tables
// were last read.
//
// It reads no tables and keeps nothing: it turns what it is given into text. Text of
// others is cleaned before it is drawn.
//
// Start reading at Sheet, then Condition.
package report

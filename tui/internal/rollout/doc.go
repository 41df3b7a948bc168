// Package rollout keeps what the tables of an installation say, in a form small
// enough for ten thousand accounts and fifty roles and quick enough to filter while
// somebody types: a Board. A Watcher reads the tables and then follows them.
//
// It draws nothing, writes nothing to the tables and decides nothing: a screen applies
// the Watcher's updates to its Board and asks the Board what to show.
//
// Start reading at Board.Apply, then Watch.
package rollout

// Package lint holds no program: its tests check what no other tool does, that
// imports point one way, that the packages which decide take time, randomness
// and network answers as arguments, that files stay readable, and that nothing
// is left to be done later.
package lint

// Package coretest is what tests of the core share: an installation of Cross-Account
// Manager on a sandbox of its own, with the functions that run in Lambda, and the
// conformance suite for whatever implements a port.
//
// Nothing in it is part of the program, and it knows no rule of the engine: it uploads
// files, lets accounts join and leave, waits, and reads back what tables, IAM and pages
// then hold.
//
// Start reading at Install.
package coretest

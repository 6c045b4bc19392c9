/** The command line: arguments in, reports out; everything else is done below. */
package portcullis.cli;

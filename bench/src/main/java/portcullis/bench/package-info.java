/** JMH benchmarks: what the hot paths cost, and that they allocate nothing. */
package portcullis.bench;

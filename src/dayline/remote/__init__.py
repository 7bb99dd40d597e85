"""Customers' accounts in other systems: what a connector is, and how a call to one is made, once and traceably."""

"""The whole engine in every order that chance finds: one process, one thread, a virtual clock, seeded.

Everything below is real: core.db, core.services.workshop and core.services.buying. What is simulated is
what surrounds them: machines that are killed, stand still and have their clocks set (machines), vendors
and the network (vendor), people (people). After a storm of such events it becomes calm, and everything
must come to its end with the books closed (audit). A seed that fails, fails again:

    python -m tests.simulation --seeds 1 --start 1234 --story
"""

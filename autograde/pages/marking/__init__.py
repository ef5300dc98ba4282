"""What helps to mark derivations: the rubric as items, earlier comments, and who marked what."""

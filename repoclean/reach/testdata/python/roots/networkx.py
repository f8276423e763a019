import networkx as nx

g = nx.path_graph(5)
nx.shortest_path(g, 0, 4)
nx.pagerank(g) if False else None
nx.community.louvain_communities(g, seed=1)
nx.approximation.max_clique(g)
list(nx.generate_graphml(g))

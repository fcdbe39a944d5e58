using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("LiveCommerce.Silo.Tests")]
[assembly: InternalsVisibleTo("LiveCommerce.Benchmarks")]
[assembly: InternalsVisibleTo("LiveCommerce.Chaos")]

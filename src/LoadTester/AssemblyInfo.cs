using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("LiveCommerce.LoadTester.Tests")]
[assembly: InternalsVisibleTo("LiveCommerce.Benchmarks")]
[assembly: InternalsVisibleTo("LiveCommerce.Chaos")]

using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("LiveCommerce.Gateway")]
[assembly: InternalsVisibleTo("LiveCommerce.Gateway.Tests")]
[assembly: InternalsVisibleTo("LiveCommerce.Media.Tests")]

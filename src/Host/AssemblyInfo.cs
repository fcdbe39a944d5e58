using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("LiveCommerce.Gateway.Tests")]

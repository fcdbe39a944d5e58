using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("LiveCommerce.Media.Tests")]

using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("LiveCommerce.Actors.Tests")]

using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("LiveCommerce.StripeSandbox.Tests")]

namespace LiveCommerce.Repository.Tests;

/// <summary>The checkout that these tests are about.</summary>
internal static class Tree
{
    /// <summary>The folder with LiveCommerce.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>C# files below a folder of the checkout, without build output.</summary>
    public static IEnumerable<string> CSharpFiles(string under) => Files(under, "*.cs");

    /// <summary>Files below a folder of the checkout, without build output and packages.</summary>
    public static IEnumerable<string> Files(string under, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, under), pattern, SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules" or "dist"));

    /// <summary>A file's path from the root, with forward slashes.</summary>
    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LiveCommerce.sln"))) { return folder.FullName; }
        }

        throw new InvalidOperationException("No LiveCommerce.sln above the test's folder.");
    }
}

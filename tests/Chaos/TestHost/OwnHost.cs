using System.Globalization;
using LiveCommerce.Actors;
using LiveCommerce.Host;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Chaos.TestHost;

/// <summary>The product as the shipped executable starts it, but for the store of the grains' state.</summary>
internal static class OwnHost
{
    /// <summary>Runs until it is stopped.</summary>
    /// <param name="isChecked">False: the store does not ask for the epoch.</param>
    /// <param name="stopFile">Its content is the key of the grain in front of whose write the process stops itself.</param>
    /// <param name="arguments">As of <c>livecommerce run</c>: a role, an address, a data folder.</param>
    public static async Task<int> RunAsync(bool isChecked, string stopFile, IReadOnlyList<string> arguments)
    {
        var settings = new ProductSettings(
            Value("--data"), Value("--urls"), Role: Enum.Parse<ProductRole>(CultureInfo.InvariantCulture.TextInfo.ToTitleCase(Value("--role"))));
        await using var product = await Product.StartAsync(settings, services => services.AddSingleton<IGrainStateStore>(provider => new StoppingStateStore(
            ActivatorUtilities.CreateInstance<SqlGrainStateStore>(provider), provider.GetRequiredService<Database>(), isChecked, stopFile)));
        Console.WriteLine("Ctrl-C ends it.");
        await product.WaitForShutdownAsync(CancellationToken.None);
        return 0;

        string Value(string name) => arguments.SkipWhile(one => one != name).Skip(1).First();
    }
}

using System.CommandLine;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Host.Commands;

/// <summary><c>livecommerce run</c>: the product, until Ctrl-C.</summary>
internal static class RunCommand
{
    /// <summary>The port of RTMP, which encoders try first.</summary>
    private const int RtmpPort = 1935;

    private static readonly Option<ProductRole> Role = new("--role")
    {
        Description = "Which part of a cluster this process is: all, silo (grains and money) or gateway (viewers and video).",
        DefaultValueFactory = _ => ProductRole.All,
    };

    private static readonly Option<string> Urls = new("--urls")
    {
        Description = "Where to listen. Cameras need https or localhost.",
        DefaultValueFactory = _ => "http://localhost:5080",
    };

    public static Command Create()
    {
        var command = new Command("run", "Start the product: gateway, grains, payment sandbox, video.")
        {
            Role, Urls, CommonOptions.Data, CommonOptions.Config,
        };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            await using var product = await Product.StartAsync(new ProductSettings(
                parsed.GetValue(CommonOptions.Data)!, parsed.GetValue(Urls)!, parsed.GetValue(CommonOptions.Config), RtmpPort, parsed.GetValue(Role)));
            Banner.Print(Console.Out, product);
            await product.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (Exception mismatch) when (mismatch is SchemaMismatchException or ClusterMismatchException)
        {
            await Console.Error.WriteLineAsync(mismatch.Message);
            return 1;
        }
        catch (Microsoft.Extensions.Options.OptionsValidationException invalid)
        {
            await Console.Error.WriteLineAsync($"The configuration is not usable:\n{string.Join('\n', invalid.Failures)}");
            return 1;
        }
        catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{taken.Message} Stop the other program, or choose another address with --urls.");
            return 1;
        }
    }
}
